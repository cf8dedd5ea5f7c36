"""What the ladders say of an entry, where it lies and of which terms it is made, holds on every input."""

import numpy as np
import pytest

from dcn_course.checking.catalogue import numbers
from dcn_course.checking.compare import differ, trials
from dcn_course.checking.ladder import ladder


def quantities(number):
    for trial in trials(ladder(number), [0]):
        for quantity, want in zip(trial.rung.quantities, trial.want, strict=True):
            yield trial, quantity, want


@pytest.mark.parametrize("number", numbers())
def test_views_features_and_planes_fit_the_array(number):
    for trial, quantity, want in quantities(number):
        view = quantity.view(trial.arguments, want.shape)
        where = trial.rung.function, quantity.name, trial.family.name
        assert np.prod(view) == want.size, where
        assert len(view) == len(quantity.axes), where
        words = [feature.words for feature in quantity.features(trial.arguments)]
        assert len(set(words)) == len(words), where
        for feature in quantity.features(trial.arguments):
            assert np.broadcast_to(feature.mask, view).dtype == bool, (*where, feature.words)
        for plane in quantity.planes(trial.arguments):
            for places, size, first in ((plane.rows, 0, 0), (plane.columns, 1, 1)):
                at = np.broadcast_to(places, view) - plane.first[first]
                assert at.min() >= 0, (*where, plane.title)
                assert at.max() < plane.shape[size], (*where, plane.title)


@pytest.mark.parametrize("number", numbers())
def test_the_terms_sum_to_the_right_result_and_the_finer_ones_too(number):
    for trial, quantity, want in quantities(number):
        for terms in (quantity.terms, quantity.finer):
            if terms is not None:
                total = np.sum([np.broadcast_to(t, t.shape) for t in terms(trial.arguments).values()], axis=0)
                where = trial.rung.function, quantity.name, trial.family.name
                assert not differ(total.reshape(want.shape), want).any(), where


@pytest.mark.parametrize("number", numbers())
def test_names_of_terms_belong_to_the_sums_of_their_equations(number):
    for trial, quantity, want in quantities(number):
        for terms in (quantity.terms, quantity.finer, quantity.foreign):
            if terms is None:
                continue
            made = terms(trial.arguments)
            assert all(term.size == want.size for term in made.values())
            if quantity.equations:
                assert {name.split(": ")[0] for name in made} == set(quantity.equations)
