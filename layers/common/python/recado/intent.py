"""What customers of an operator write about."""

from enum import StrEnum


class Intent(StrEnum):
    """What a message is about; the words in parentheses are the field's own."""

    INVOICE_COPY = "invoice_copy"
    """A bill, its amount or its due date (2a via da fatura)."""
    PAYMENT = "payment"
    """Ways to pay, due days, payments not recognised (pagamento, baixa, débito automático)."""
    OVERDUE_NEGOTIATION = "overdue_negotiation"
    """Debts, instalments, trust unlocking (negociação de inadimplente)."""
    CONNECTION = "connection"
    """Slow or no connection at the customer's own place."""
    OUTAGE = "outage"
    """A failure or maintenance of a whole street, building or city (queda na região)."""
    PLAN_CHANGE = "plan_change"
    """Another plan or another service on it (mudança de plano)."""
    CANCELLATION = "cancellation"
    """The end of the contract (cancelamento, fidelidade)."""
    SIGN_UP = "sign_up"
    """Somebody who is not a customer yet (contratação, viabilidade)."""
    HUMAN = "human"
    """Talk to a person (atendente)."""
    OUT_OF_SCOPE = "out_of_scope"
    """Anything else."""
