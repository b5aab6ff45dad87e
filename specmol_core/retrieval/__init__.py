"""From a library of candidates to a ranking: cache, joint index, prefilter and full scoring."""
