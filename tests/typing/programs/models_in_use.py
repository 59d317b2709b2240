"""Models, enums, TypedDicts and unions: what may be built, read and assigned."""

from clerk_c import models


def build() -> models.UpdateUserMetadataRequestBody:
    body = models.UpdateUserMetadataRequestBody(public_metadata={"role": "reader"})
    body.private_metadata = {"note": None}
    return body


def dump(user: models.User) -> "dict[str, object]":
    names: set[str] = user.model_fields_set
    extra: dict[str, object] | None = user.model_extra
    for name, value in user:
        print(name, value, name in names, extra)
    return user.model_dump(mode="json", exclude_none=True)


def enum(status: models.InvitationStatus) -> bool:
    value: str = status.value
    return status is models.InvitationStatus("pending") or value == "accepted"


def actor(model: models.CreateActorTokenActor) -> "dict[str, object]":
    model.additional_properties = {"iss": "clerk"}
    return {**model.additional_properties, "sub": model.sub}


file: models.FileTypedDict = {"file_name": "a.png", "content": b"..."}
