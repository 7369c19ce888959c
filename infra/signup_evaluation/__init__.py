"""How well signup reads replies: judged on the labelled corpus, or shown on a folder of mail."""
