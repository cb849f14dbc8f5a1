// SPDX-License-Identifier: Apache-2.0
//
// True profile:
//   main -> shapes::Polygon<int>::area(unsigned long) const         50 %
//   main -> shapes::Polygon<double>::area(unsigned long) const      30 %
//   main -> main::{lambda(unsigned long)#1}::operator()(unsigned long) const  20 %
// of the CPU time, at all times. Prints the shares as its CPU clock measured them.
//
// Usage: templates [CPU-SECONDS]

#include "burn.h"

namespace shapes
{

template <typename Coordinate> struct Polygon {
	Coordinate side;

	KEEP void area(uint64_t deadline) const
	{
		burn_until(deadline);
		sink = sink + static_cast<uint64_t>(side);
	}
};

} // namespace shapes

int main(int argc, char **argv)
{
	const shapes::Polygon<int> coarse{ 3 };
	const shapes::Polygon<double> fine{ 3.5 };
	const auto outline = [](uint64_t deadline) KEEP { burn_until(deadline); };

	const double shares[3] = { 0.5, 0.3, 0.2 };
	turns turns = turns_of(3, shares, seconds_argument(argc, argv, 1, 3));
	while (next_turn(&turns)) {
		switch (turns.path) {
		case 0:
			coarse.area(turns.deadline);
			break;
		case 1:
			fine.area(turns.deadline);
			break;
		default:
			outline(turns.deadline);
		}
	}
	const char *const names[] = { "Polygon<int>", "Polygon<double>", "lambda" };
	for (int i = 0; i < 3; i++)
		printf("%s %.5f\n", names[i],
		       static_cast<double>(turns.spent[i]) / static_cast<double>(turns.now - turns.start));
}
