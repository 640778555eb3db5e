"""The lexicon's own examples read by the engine: an example without a claim of its concept shows that the concept never fires."""

from __future__ import annotations

from collections.abc import Iterator

from healthnews.claims.amounts import read_amounts
from healthnews.claims.clauses import Context, view_sentence
from healthnews.claims.drafts import Draft
from healthnews.claims.states import read_states
from healthnews.language.concepts import Concept, Example, Lexicon
from healthnews.language.normalise import half_width
from healthnews.language.segment import split_sentences


def check_examples(lexicon: Lexicon) -> list[str]:
    """The examples that their own concept does not read with their pole, a sentence each; empty when all are read.

    Read is more than claimed: an example may be a question or a rumour.
    """
    return [
        f"{concept.id}: its {example.pole} example gives no claim of its own: {example.text}"
        for concept in lexicon.concepts.values()
        for example in concept.examples
        if not any(_shows(example, draft) for draft in _read(concept, example.text, lexicon))
    ]


def _shows(example: Example, draft: Draft) -> bool:
    """Whether a claim has the example's pole; an act's is what is said of it, a payer's has none."""
    if draft.payer is not None:
        return True
    return (draft.stance > 0) == (example.pole == "positive") if draft.modality and not draft.quantity else draft.pole == example.pole


def _read(concept: Concept, text: str, lexicon: Lexicon) -> Iterator[Draft]:
    text = half_width(text)
    for span in split_sentences(text):
        view = view_sentence(text, span, Context(concept.id, "body"), lexicon)
        for draft in (*read_states(view, lexicon), *read_amounts(view, lexicon)):
            if draft.predicate == concept.id:
                yield draft
