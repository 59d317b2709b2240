"""Exceptions: what they carry."""

from clerk_c import Clerk, Headers, Response, ValidationError, exceptions, models


def verify(clerk: Clerk) -> str:
    try:
        client = clerk.clients.verify(request={"token": "jwt"})
    except models.ClerkErrors as error:
        data: models.ClerkErrorsData = error.data
        codes: list[str] = [item.code for item in data.errors]
        return ", ".join(codes)
    except models.ClerkBaseError as error:
        headers: Headers = error.headers
        response: Response = error.raw_response
        retry_after: str | None = headers.get("retry-after")
        size: int = len(response.content)
        return f"{error.message} {error.status_code + 0} {error.body} {retry_after} {size}"
    except exceptions.ConnectTimeout as error:
        return str(error)
    except models.NoResponseError as error:
        return error.message
    else:
        return client.id


def validate(text: str) -> "models.User | None":
    try:
        return models.User.model_validate_json(text)
    except ValidationError as error:
        for finding in error.errors():
            print(finding["loc"], finding["msg"])
        return None
