"""Chinese text for every stage: normalise, segment, negation, quantities, regions, periods, titles, and the lexicon."""
