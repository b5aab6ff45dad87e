from __future__ import annotations

import pytest

from specmol_core.molecules.column_names import AmbiguousColumnsError, find_named_columns


@pytest.mark.parametrize(
    ("header", "smiles", "names"),
    [
        (" cid,cmpdname,cmpdsynonym,mw,isosmiles,canonicalsmiles,inchikey,iupacname", [4, 5], [1, 7, 0, 6]),
        ("Compound_CID,Name,Synonyms,SMILES,Connectivity_SMILES,InChI", [3, 4], [1, 0]),
        ("ChEMBL ID;Name;Synonyms;Smiles;Inchi Key", [3], [1, 0, 4]),
        ("chembl_id\tcanonical_smiles\tstandard_inchi", [1], [0]),
        ("ID,SMILES (Canonical)", [1], [0]),
        ("smiles zinc_id", [0], [1]),
        ("isosmiles version_id parent_id", [0], [1, 2]),
        ("DTXSID,PREFERRED NAME,CASRN,SMILES,QSAR READY SMILES,MS READY SMILES", [3], [1, 0, 2]),
        ("DrugBank ID,Name,CAS Number,InChIKey,SMILES,Formula", [4], [1, 0, 2, 3]),
        ("identifier,canonical_smiles,standard_inchi,name,iupac_name", [1], [3, 4, 0]),
        ("BindingDB Reactant_set_id,Ligand SMILES,BindingDB Ligand Name,Target Name", [1], [2, 0]),
        ("Vendor name,SMILES,Catalog number", [1], [2]),
        ("SMILES_ID,SMILES,mass", [1], [0]),
        ("pair,candidate_smiles", [1], []),
        ("Name,Structure", [1], [0]),
    ],
)
def test_columns_of_public_databases(header: str, smiles: list[int], names: list[int]) -> None:
    delimiter = next(mark for mark in ";\t, " if mark in header)
    columns = find_named_columns(header.split(delimiter))

    assert columns is not None
    assert (list(columns.smiles), list(columns.names)) == (smiles, names)


@pytest.mark.parametrize("header", ["id,name", "CCO,ethanol", "", "SMILES_ID,mass"])
def test_header_without_smiles(header: str) -> None:
    assert find_named_columns(header.split(",")) is None


def test_several_unusual_columns_are_ambiguous() -> None:
    with pytest.raises(AmbiguousColumnsError, match="'a smiles' and 'b_smiles'"):
        find_named_columns(["a smiles", "b_smiles", "name"])


def test_word_that_may_mean_anything_is_not_certain() -> None:
    columns = [find_named_columns(["name", word]) for word in ("smiles", "structure")]

    assert [found is not None and found.is_certain for found in columns] == [True, False]
