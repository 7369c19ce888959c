"""Who signed up by mail, as a customer; or why not."""

from pydantic import ValidationError

from central.domain.customers import NewCustomer
from recado.errors import Rejected
from recado.registration import Applicant


def customer_id_of(registration_id: str) -> str:
    """The id of the customer that a registration makes: the same for the same registration."""
    return f"C-{registration_id.removeprefix('reg_')}"[:64]


def applicant_as_customer(registration_id: str, applicant: Applicant) -> NewCustomer:
    """The new customer.

    Raises:
        Rejected: a field is not what central keeps of a customer; the message names each.
    """
    try:
        return NewCustomer(
            id=customer_id_of(registration_id),
            **applicant.model_dump(exclude={"language"}),
            language=applicant.language,
        )
    except ValidationError as error:
        raise Rejected("; ".join(_sentence(dict(fault)) for fault in error.errors())) from error


def _sentence(fault: dict[str, object]) -> str:
    """What is wrong with a field, without what was in it."""
    field = ".".join(str(part) for part in fault["loc"])  # type: ignore[attr-defined]
    context = fault.get("ctx")
    said = context.get("error") if isinstance(context, dict) else None
    return f"{field} {said or fault['msg']}"
