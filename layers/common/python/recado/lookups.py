"""By what a customer is found besides the id: an e-mail address, a CPF or CNPJ.

Key formats (central's table; several customers may share an address or a document):

    lookup     pk EMAIL#<lower case>       sk <customer id>
               pk DOCUMENT#<CPF or CNPJ>   sk <customer id>

A lookup is written in the transaction that gives a customer the address or document, and never
removed: who finds a customer by it looks whether the customer still has it.
"""

from recado.model import Customer


def by_email(email: str) -> str:
    """The partition of those who have an e-mail address, however it is capitalised."""
    return f"EMAIL#{email.lower()}"


def by_document(document: str) -> str:
    """The partition of those who have a CPF or CNPJ, given without its punctuation."""
    return f"DOCUMENT#{document.upper()}"


def lookups(customer: Customer) -> frozenset[str]:
    """The partitions a customer is found in."""
    return frozenset({by_email(customer.email), by_document(customer.document)})
