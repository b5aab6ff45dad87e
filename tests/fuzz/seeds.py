"""Valid files of every kind, made by the writers of the tests and of specmol itself."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["SEEDS", "tiny_training"]

_TESTS = Path(__file__).parents[1]


@cache
def _module(path: str) -> ModuleType:
    """A test module by its path; tests are no packages."""
    spec = importlib.util.spec_from_file_location(f"fuzz_seed_{path.replace('/', '_')[:-3]}", _TESTS / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _folders(write: Callable[[Any, Path, Any], object]) -> list[bytes]:
    """A packed experiment folder of each nucleus; small, so that mutations hit its parameters."""
    writers = _module("spectra/readers/conftest.py")
    found = []
    for nucleus in ("1H", "13C"):
        with tempfile.TemporaryDirectory() as folder:
            write(writers, Path(folder) / "a" / "10", writers.Decay(nucleus, points=512))
            found.append(writers.zipped(writers.files_of(Path(folder))))
    return found


def _jcamp() -> list[bytes]:
    block = _module("spectra/readers/jcamp/conftest.py").write_block
    values = [int(1e4 / (1 + ((k - 60) / 3) ** 2)) for k in range(101)]
    peaks = block(values, DATA_TYPE="NMR PEAK TABLE", XYDATA=None, PEAK_TABLE="(XY..XY)\n1.0,1.0\n2.0,3.0")
    carbon = block(values, ("SQZ",), __OBSERVE_NUCLEUS="^13C")
    pairs = "\n".join(f"{10 - k / 10} {value}" for k, value in enumerate(values))
    texts = [
        block(values, ("DIFDUP",)),
        block(values, ("PAC", "SQZ", "DIF"), XUNITS="HZ", FIRSTX="4000", LASTX="0", XFACTOR="40"),
        block(values, XFACTOR="1", XYDATA="(XY..XY)\n" + pairs),
        block(values, XFACTOR="1", XYDATA=None, PEAK_TABLE="(XY..XY)\n" + pairs),
        f"##TITLE=x\n##DATA TYPE=LINK\n##BLOCKS=2\n{peaks}{carbon}##END=\n",
        *_jcamp_decays(),
    ]
    return [text.encode("latin-1") for text in texts]


def _jcamp_decays() -> list[str]:
    """Short decays, so that mutations hit their parameters."""
    decay = _module("spectra/readers/jcamp/test_decay.py").decay
    table = _module("spectra/readers/jcamp/conftest.py").encode_table
    reference = {".SHIFT REFERENCE": "(INTERNAL, CDCl3, 1, 10.0)", "$BF1": "0"}
    kinds = [
        {"$REVERSE": "yes", **reference},
        {"ORIGIN": "x", "$O1P": "5.0", "$TDoff": "3", ".DELAY": "(600, 600)"},
        {"$GRPDLY": "0", "$DSPFVS": "12", "$DECIM": "16", "$SW_h": "2000"},
    ]
    return [decay(table, [7.1, 2.3], 5.0, points=128, **more) for more in kinds]


def _jeol() -> list[bytes]:
    """FIDs and spectra in both byte orders, a filter, parameters in other units, and an axis in kHz."""
    writers = _module("spectra/readers/conftest.py")
    decay = writers.Decay("1H", points=512)
    plain = [
        writers.jdf(decay, spectrum=spectrum, little=little) for spectrum in (False, True) for little in (False, True)
    ]
    filtered = writers.jdf(writers.Decay("1H", points=512, delay=19.65625), x_sweep=(15.0, (0x01, 26)))
    return [*plain, filtered, writers.jdf(decay, spectrum=True, unit_bytes=(0xF1, 13), axis_scale=0.4)]


def _small_series() -> list[Any]:
    """Short spectra of 256 points, so that mutations hit the parameters."""
    from support.mixture_spectra import mixture

    amounts = ({"acetone": share, "isopropanol": 1 - share} for share in (0.2, 0.5, 0.8))
    return [mixture(each, points=256, width_hz=30.0) for each in amounts]


def _arrays() -> list[bytes]:
    from support import array_files

    writers = _module("spectra/readers/conftest.py")
    found, spectra, stamps = [], _small_series(), {"DATE_START": 1_700_000_000, "DATE": 1_700_000_100}
    for write in (
        lambda folder: array_files.write_ser(folder, spectra, points=128, **stamps),
        lambda folder: array_files.write_matrix(folder, spectra, block=(2, 64)),
        lambda folder: array_files.write_varian_array(folder, spectra, [0.0, 5.0, 9.0], points=128),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = write(Path(folder) / "10")
            (path / "vdlist").write_text("1\n500m\n2\n")
            found.append(writers.zipped(writers.files_of(Path(folder))))
    return found


def _array_files() -> list[bytes]:
    from support import array_files

    spectra = _small_series()
    dates = [f"2026/11/30 12:00:0{second}" for second in range(3)]
    stamps = {"actual_start_time": 8.5e8, "end_time": 8.6e8}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        return [
            array_files.write_link_blocks(path, list(zip(spectra, dates, strict=True))).read_bytes(),
            array_files.write_jcamp_pages(path, spectra, [0, 1, 2]).read_bytes(),
            array_files.write_jdf_array(path, spectra, points=128, **stamps).read_bytes(),
        ]


def _nmrml() -> list[bytes]:
    import numpy as np

    tests = _module("spectra/readers/instruments/test_nmrml.py")
    decay = np.exp(-np.arange(256) / 40 + 0.3j * np.arange(256)).astype(np.complex128)
    texts = [
        tests.document(tests.spectrum()),
        tests.document(tests.spectrum(packer=None)),
        tests.document(tests.spectrum(), nucleus="carbon-13 atom"),
        tests.document(decay=tests.array("fidData", decay, byteFormat="complex128")),
    ]
    return [text.encode() for text in texts]


def _images() -> list[bytes]:
    from PIL import Image, ImageDraw

    examples = [path.read_bytes() for path in sorted((_TESTS.parent / "examples").glob("demo_*.png"))]
    plot = Image.new("RGB", (360, 200), "white")
    draw = ImageDraw.Draw(plot)
    draw.line([(10, 160), (350, 160)], fill="black")
    for k in range(8):
        draw.line([(20 + 45 * k, 160), (20 + 45 * k, 165)], fill="black")
        draw.text((15 + 45 * k, 168), str(7 - k), fill="black")
    draw.line(
        [(10, 150), (100, 150), (102, 30), (104, 150), (220, 150), (222, 80), (224, 150), (350, 150)], fill="blue"
    )
    for name, options in (("PNG", {}), ("JPEG", {"quality": 90}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})):
        stream = io.BytesIO()
        plot.save(stream, format=name, **options)
        examples.append(stream.getvalue())
    return examples


def _pdf() -> list[bytes]:
    from PIL import Image, ImageDraw

    page = Image.new("L", (300, 150), 255)
    ImageDraw.Draw(page).line([(5, 120), (100, 120), (102, 20), (104, 120), (295, 120)], fill=0)
    stream = io.BytesIO()
    page.save(stream, format="PDF")
    content = b"0 0 m 100 20 l 102 90 l 104 20 l 290 20 l S"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    text = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (k, part) for k, part in enumerate(objects, 1))
    return [stream.getvalue(), text + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF\n"]


def _tables() -> list[bytes]:
    rows = [(10 - k / 20, 1 / (1 + ((k - 90) / 3) ** 2)) for k in range(200)]
    return [
        ("ppm,intensity\n" + "".join(f"{x:.4f},{y:.5f}\n" for x, y in rows)).encode(),
        ("# 1H NMR (400 MHz, CDCl3)\n" + "".join(f"{x:.4f}\t{y:.5f}\t0\n" for x, y in rows)).encode(),
        ("".join(f"{x:.4f};{y:.5f}\n" for x, y in rows).replace(".", ",")).encode("utf-16"),
        ("".join(f"{k}, {1e4 * y:.0f}, {400.13 * x:.4f}, {x:.5f}\n" for k, (x, y) in enumerate(rows))).encode(),
        ("sep=;\nintensity;ppm\n" + "".join(f"{y:.5f};{x:.4f}\n" for x, y in rows)).encode(),
        ("# LEFT = 10 ppm. RIGHT = 0 ppm.\n" + "".join(f"{1e4 * y:.1f}\n" for _, y in rows)).encode(),
    ]


def _peaks() -> list[bytes]:
    return [
        b"ppm,intensity,nH,multiplicity,J\n7.26,1.0,2,d,8.0\n7.10,1.0,1,m,\n3.71,3.0,3,s,\n",
        b"171.1\n60.4\n21.0\n14.2\n",
        b"1 7.26 1.0 2H d 8.0 Hz\n2 3.71 3.0 3H s\n",
        b"DU=/u, EXPNO=2\n#   ADDRESS   FREQUENCY      INTENSITY\n            [Hz]     [PPM]\n\n"
        b"1  3000.0  12630.00  167.34  1.00\n2  3100.0  4550.00  60.29  0.93\n3  3200.0  1073.90  14.23  2.67\n",
        b"\tName\tShift\tRange\tH's\tClass\tJ's\tMethod\n1\tA (d)\t8.45\t8.47 .. 8.41\t1\td\t3.14\tPeaks\n"
        b"2\tB (s)\t4.30\t4.33 .. 4.25\t1\ts\tPeaks\n",
        b"\tppm\tIntensity\tType\tAnnotation\n1\t77.16\t100.3\tSolvent\tCDCl3\n2\t38.29\t-25.3\tCompound\t\n",
        b"| Shift (ppm) | Type |\n|---|---|\n| 170.1 | C |\n| 60.3 | CH2 |\n| 14.2 | CH3 |\n",
        b"Table of Peaks\nNo.\t(ppm)\t(Hz)\tHeight\n1\t1.182\t709.20\t0.98\n\nTable of Multiplets\nNo.\tShift1 (ppm)"
        b"\tH's\tType\tJ (Hz)\tMultiplet1\t(ppm)\n1\t1.188\t3\td\t7.06\tM04\t1.170 .. 1.204\n",
        b"sep=;\nppm;DEPT-135\n170,1;\n60,3;-\n14,2;+\n",
        b'<?xml version="1.0"?>\n<PeakList><PeakList1D><Peak1D F1="170.1" intensity="1.2" type="0"/>'
        b'<Peak1D F1="77.16" intensity="9.0" type="0" annotation="CDCl3"/></PeakList1D></PeakList>\n',
    ]


def _sentences() -> list[bytes]:
    return [
        "1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 7.13–7.10 (m, 1H), 3.71 (s, 3H). 13C NMR (101 MHz, CDCl3)"
        " δ 159.6, 129.5 (2C), 120.7, 113.9 (d, JCF = 245.0 Hz), 55.2. HRMS (ESI) calcd for C7H9O 109.0648.".encode(),
        "¹H-NMR (DMSO-d₆): δ (ppm) = 12.1 (br s, 1 H, OH), 8.05 (dd, ³J = 7.9, ⁴J = 1.6 Hz, 2 H)".encode(),
        rb"\textsuperscript{1}H NMR (400~MHz, CDCl$_3$) $\delta$ 7.50--7.43 (m, 2H), \SI{3.71}{ppm} (s, 3H), "
        rb"1.56 (s, H2O)",
        b"<sup>1</sup>H NMR (400 MHz, CDCl<sub>3</sub>) &delta; 7.50&ndash;7.43 (m, 2H),<br>3.71 (s, 3&nbsp;H)",
        b"13C NMR (101 MHz, CDCl3) 171.1, 77.5, 77.2, 76.8 (CDCl3), 40.1, 25.9 (2CH2), 14.2 (5-CH3).",
        b"\xc2\xb9\xc2\xb3C{1H} NMR (CDCl3, 125 MHz): 171.1 (C), 60.4 (CH2), 21.0 (CH3), 14.2 (CH3).",
    ]


def _nmredata() -> list[bytes]:
    full: str = _module("spectra/readers/lists/test_nmredata.py").FULL
    mixed = full.replace("N=2, ", "").replace("E=2.01", "E=61.5").replace("E=1.0", "E=30.8, N=1")
    dept = ">  <NMREDATA_1D_13C>\nSequence=DEPT135\\\n128.1, L=C2, I=12.0\\\n55.2, L=C8, I=-9.0\\\n\n$$$$"
    return [full.encode(), full.replace("\n", "\r\n").encode(), mixed.replace("$$$$", dept).encode()]


def _sdf() -> list[bytes]:
    from rdkit import Chem

    examples = (_TESTS.parent / "examples" / "candidates.sdf").read_bytes()[:6000]
    v3000 = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](N)C(=O)O.Cl"))
    return [examples, f"{v3000}>  <ID>\n7\n\n$$$$\n".encode()]


def _smiles() -> list[bytes]:
    text = (_TESTS.parent / "examples" / "candidates.smi").read_bytes()[:3000]
    return [text, b"smiles name\nCCO ethanol\nc1ccccc1C(=O)[O-] |r| b\n[13CH3][C@@H](N)C%10CC%10 c\n"]


def _csv() -> list[bytes]:
    return [
        b'name,smiles,note\n"a, b",CCO,x\nc,c1ccccc1,"two\nlines"\n',
        b"id\tcanonical_smiles\n1\tCC(=O)OC\n2\tC#N\n",
        b"sep=;\nExport of 2026;;\nID;Name;SMILES (isomeric)\n1;a;CCO\n2;;CCN\n",
        b"ethyl acetate,CCOC(C)=O\n1,2-ethanediol,OCCO\n",
        "cid,isosmiles\r1,CCO\r2,CCN\r".encode("utf-16"),
    ]


def _rdf() -> list[bytes]:
    lines = [record.rstrip().split(b"\n") for record in _sdf()[0].split(b"$$$$\n")[:3]]
    blocks = [b"\n".join(record[: record.index(b"M  END") + 1]) for record in lines]
    items = b"\n$DTYPE MOL:NAME\n$DATUM x\n"
    whole = b"$RDFILE 1\n$DATM 01/01/26\n$MFMT\n" + (items + b"$MFMT $MIREG 7\n").join(blocks) + items
    return [whole, whole.replace(b"$MFMT\n", b"$RFMT $RIREG 1\n$RXN\n\n\n\n  1  0\n$MOL\n", 1)]


def _mol2() -> list[bytes]:
    tests = _module("molecules/test_mol2.py")
    return [(tests.METHANOL + tests.METHANOL.replace("methanol", "*****")).encode()]


def _packed() -> list[bytes]:
    return [gzip.compress(content, mtime=0) for content in (*_sdf(), *_smiles(), *_csv())]


def _queries() -> list[bytes]:
    return [
        b"id,h1,c13,library\na,a_h1.png,a_c13.png,lib.sdf\nb,,b.dx,\n",
        b'\xef\xbb\xbfid;x\r\nid,h1,c13\r\n"q,1","1H NMR 7.26 (s, 1H)",\r\n',
    ]


def _caches() -> list[bytes]:
    from support.fake_retrieval import FakeMatcher, fake_records

    from specmol_core.config import EmbedConfig
    from specmol_core.retrieval.embed import embed_library

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.h5"
        embed_library(fake_records(40), FakeMatcher(), EmbedConfig(batch_size=16), cache=path)
        return [path.read_bytes()]


def _header(name: str) -> list[bytes]:
    """Checkpoints are one tensor file; the big arrays stay out of the cases (see ``targets``)."""
    from specmol_core.shipped import shipped_weights

    content = (shipped_weights() / name).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return [json.dumps(json.loads(content[8 : 8 + length])).encode()]


def tiny_training() -> tuple[Any, Any]:
    """A network and its optimiser after one step, small enough for thousands of cases."""
    import torch

    torch.manual_seed(0)
    network = torch.nn.Linear(3, 2)
    optimiser = torch.optim.AdamW(network.parameters())
    network(torch.ones(1, 3)).sum().backward()
    optimiser.step()
    return network, optimiser


def _run_states() -> list[bytes]:
    from specmol_core.storage.run_state import RunState, save_state

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.safetensors"
        save_state(path, {"seed": 0}, RunState(1, 2, {"loss": 0.5}, 3.0, 0.9, [{"epoch": 0}]), *tiny_training())
        return [path.read_bytes()]


_PEAKS = {"c13": [[58.0, [1], "T"], [18.1, [0], "Q"]], "h1": [[3.7, 2, "q", [7.0], [1]], [1.2, 3, "t", [7.0], [0]]]}


def _json_lines(*entries: dict[str, Any]) -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


def _benchmarks() -> list[bytes]:
    lists = {"c13": [[58.0, 1], [18.1, None]], "h1": [[3.7, 2, "q", [7.0]], [1.2, 3, "t", None]]}
    query = {"id": "a", "truth": "CCO", "formula": "C2H6O", "pool": ["CCO", "COC"], **lists, "exchangeable": False}
    content = _json_lines(query, query | {"id": "b", "c13": []})
    return [content, gzip.compress(content, mtime=0)]


def _measured() -> list[bytes]:
    free = {"smiles": "CC(C)=O", "c13": [[206.0, 1], [30.0, 2]], "h1": [[2.1, 6, "s", []]], "solvent": "CDCl3"}
    return [_json_lines({"smiles": "CCO", **_PEAKS, "map": "cascade_sdf", "qc_c13_mae": 0.2}, free)]


def _manifests() -> list[bytes]:
    pair = {"compound": "a", "smiles": "CCO", "dataset": "x", "h1": {"path": "a.jdx"}, "c13": {"path": "b/10"}}
    return [json.dumps([pair, pair | {"compound": "b"}]).encode()]


def _archives() -> list[bytes]:
    from collections import Counter

    from specmol_core.shifts.train.shift_pack import pack_records
    from specmol_core.shifts.train.shift_records import experimental_records

    with tempfile.TemporaryDirectory() as folder:
        source, path = Path(folder) / "m.jsonl", Path(folder) / "p.npz"
        source.write_bytes(_measured()[0])
        pack_records(experimental_records(source, Counter()), (), frozenset(), Counter()).save(path)
        return [path.read_bytes()]


def _parquet() -> list[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = {
        "smiles": ["CCO"] * 4 + ["C"],
        "nucleus": ["13C", "13C", "1H", "1H", "13C"],
        "atom_index": [0, 1, 3, 4, 0],
        "shift_ppm": [18.0, 58.0, 1.2, 1.2, -2.3],
    }
    found = []
    for options in ({}, {"compression": "none", "use_dictionary": False, "write_statistics": False}):
        stream = io.BytesIO()
        pq.write_table(pa.table(rows), stream, **options)
        found.append(stream.getvalue())
    return found


def _datasets() -> list[bytes]:
    from support.predictions import predict

    from specmol_core.molecules.library import open_library
    from specmol_core.simulation.config import SimulationConfig
    from specmol_core.simulation.dataset.library import LibraryRecipe, simulate_library

    recipe = LibraryRecipe("fake", seed=3, max_atoms=20, simulation=SimulationConfig(points=64))
    with tempfile.TemporaryDirectory() as folder:
        library, output = Path(folder) / "l.smi", Path(folder) / "d.h5"
        library.write_text("CCO a\nCCCO b\nCB(O)O c\nc1ccccc1 d\n")
        simulate_library(open_library(library), predict, recipe, output, workers=1)
        return [output.read_bytes()]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "array": _arrays,
    "array-file": _array_files,
    "benchmark": _benchmarks,
    "bruker": lambda: _folders(lambda w, folder, decay: w.bruker(folder, decay)),
    "bruker-fid": lambda: _folders(lambda w, folder, decay: w.bruker(folder, decay, processed=False)),
    "cache": _caches,
    "checkpoint": lambda: _header("matchnet-x.safetensors"),
    "dataset": _datasets,
    "image": _images,
    "jcamp": _jcamp,
    "jeol": _jeol,
    "library-csv": _csv,
    "library-gz": _packed,
    "library-mol2": _mol2,
    "library-rdf": _rdf,
    "library-sdf": _sdf,
    "library-smiles": _smiles,
    "magritek": lambda: _folders(lambda w, folder, decay: w.magritek(folder, decay)),
    "manifest": _manifests,
    "measured": _measured,
    "nmredata": _nmredata,
    "nmrml": _nmrml,
    "npz": _archives,
    "parquet": _parquet,
    "pdf": _pdf,
    "peaks": _peaks,
    "queries": _queries,
    "sentence": _sentences,
    "table": _tables,
    "torch-backbone": lambda: _header("backbone.safetensors"),
    "torch-network": lambda: _header("matchnet.safetensors"),
    "torch-state": _run_states,
    "varian": lambda: _folders(lambda w, folder, decay: w.varian(folder, decay)),
}
"""Valid files of each target, by its name."""
