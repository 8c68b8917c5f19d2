namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Finds a smaller schedule of faults with which a failing run still breaks the same: takes out halves, then quarters, down to single
/// faults, as long as that helps. Threading: the caller's thread.
/// </summary>
internal static class Shrinker
{
    private const int RunsMax = 60;

    /// <summary>The smallest failing run that was found, the given one at worst.</summary>
    public static Attempt Shrink(Attempt failing, string? bugName)
    {
        var kept = failing.Scenario.Faults.Select(entry => entry.Place).ToList();
        var smallest = failing;
        var runs = 0;
        for (var size = Math.Max(1, kept.Count / 2); kept.Count > 0; size = Math.Max(1, size / 2))
        {
            var helped = false;
            for (var at = 0; at < kept.Count && runs < RunsMax;)
            {
                var fewer = kept.Where((_, index) => index < at || index >= at + size).ToList();
                var attempt = Attempt.At(failing.Scenario with { Kept = fewer }, bugName);
                runs++;
                if (attempt.Invariant == failing.Invariant)
                {
                    (kept, smallest, helped) = (fewer, attempt, true);
                }
                else
                {
                    at += size;
                }
            }

            if (runs >= RunsMax || (size == 1 && !helped))
            {
                break;
            }
        }

        return smallest;
    }
}
