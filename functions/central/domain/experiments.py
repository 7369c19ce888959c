"""Experiments as staff ask for them, and what a launch makes of them."""

from collections.abc import Callable

from pydantic import Field

from recado.contracts import Experiment, PlanCampaign, Variant, VariantName
from recado.errors import Rejected
from recado.model import Frozen, Identifier, Lane, TemplateVersion

MAX_PLAN_BYTES = 380_000
"""A plan is one item of DynamoDB, which holds 400 KB; SQS would take 1 MiB."""


class NewVariant(Frozen):
    """One of the templates an experiment tries, and its share of people."""

    name: VariantName
    template_id: Identifier
    weight: int = Field(default=1, ge=1, le=100)


class NewExperiment(Frozen):
    """What to try on whom. One variant with a hold-out compares a mail with no mail."""

    variants: tuple[NewVariant, ...] = Field(min_length=1, max_length=4)
    hold_out: int = Field(
        default=0, ge=0, le=50, description="Percent of the audience kept out on purpose."
    )


def check_experiment(experiment: NewExperiment, lane: Lane) -> None:
    """Raises `Rejected` when an experiment would say nothing, or keep mail from whom it is owed."""
    names = [variant.name for variant in experiment.variants]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Rejected(
            f"two variants are called {', '.join(twice)}: give each a name of its own",
            field="experiment.variants",
        )
    if len(names) == 1 and not experiment.hold_out:
        raise Rejected(
            "one variant compares with nothing: add another, or a hold_out",
            field="experiment.variants",
        )
    if experiment.hold_out and lane is not Lane.MARKETING:
        raise Rejected(
            f"hold_out is for marketing: {lane} mail is owed to everybody",
            field="experiment.hold_out",
        )


def planned_experiment(
    experiment: NewExperiment, template: Callable[[str], TemplateVersion]
) -> Experiment:
    """An experiment with its own copy of each template, which `template` gives by id."""
    return Experiment(
        variants=tuple(
            Variant(
                name=variant.name, weight=variant.weight, template=template(variant.template_id)
            )
            for variant in experiment.variants
        ),
        hold_out=experiment.hold_out,
    )


def check_size(plan: PlanCampaign) -> None:
    """Raises `Rejected` when the plan with all its templates is too large to be kept."""
    size = len(plan.model_dump_json().encode())
    if size > MAX_PLAN_BYTES:
        raise Rejected(
            f"the campaign has {size} bytes with the templates of its variants: at most"
            f" {MAX_PLAN_BYTES} fit; link to images, or try fewer variants",
            field="experiment.variants",
        )
