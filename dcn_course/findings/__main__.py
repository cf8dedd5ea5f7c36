"""Write what the package keeps of the trained networks: ``python -m dcn_course.findings``.

For each data set that is here: a few test images; for each group with shipped weights: its sampling areas.
Run it after new records have come; it takes about a minute a group.
"""

import dataclasses

from dcn_course import datasets, provenance, records
from dcn_course.experiments import DATASETS, GROUPS
from dcn_course.findings import kept_files
from dcn_course.findings.areas import measure_areas
from dcn_course.findings.images import write_images


def main() -> None:
    """Write each file whose data are here, and say which."""
    import torch

    found = records.load_all()
    # Once, before anything is written, as the files lie inside the package, whose changes it notes.
    start = provenance.start(
        epoch=0, device="cpu", threads=torch.get_num_threads(), torch=str(torch.__version__)
    )
    for dataset in DATASETS:
        if not any(place.present for place in datasets.locate(dataset)):
            print(f"{dataset} is not here: its files stay as they are")
            continue
        print(write_images(dataset, found, start))
        for name, group in GROUPS.items():
            own = [record for record in found if record.group == name]
            if group.dataset == dataset and own:
                areas = measure_areas(name, own, records.results_folder(), start)
                if areas is not None:
                    print(kept_files.write(f"areas-{name}", dataclasses.asdict(areas)))


if __name__ == "__main__":
    main()
