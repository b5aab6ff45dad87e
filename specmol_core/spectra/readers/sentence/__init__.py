"""Sentences of experimental sections: ``1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H).``"""

from specmol_core.spectra.readers.sentence.reader import READER, read_sentence, sentence_source

__all__ = ["READER", "read_sentence", "sentence_source"]
