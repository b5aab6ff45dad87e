"""The paper's task: does this molecule belong to these spectra?"""
