using System.Globalization;

namespace ClassicBroker.Simulation;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage =
        """
        Runs whole clusters in a deterministic simulator, one a seed, and tells which break an invariant.
          scripts/simulate.sh [--seeds N] [--seed S] [--bug NAME | --like NAME] [--faults I,J,...] [--transactions | --plain] [--jobs J] [--verbose] [--log]
          scripts/simulate.sh --bugs
          scripts/simulate.sh --table [--seeds N] [--bug NAME]
        --seeds N      how many seeds to run (1)
        --seed S       the first of them (1)
        --bug NAME     with a planted bug; ends with the first seed that catches it
        --like NAME    the runs that planted bug has, without the mistake itself: they must be clean
        --faults I,J   only these places of the seed's schedule of faults, as a shrunk failure names them; "none" for no fault
        --transactions with a transactional load in every run, where a seed else decides
        --plain        three brokers, and no groups, compacted topics or transactions in any run
        --jobs J       runs at once (one a processor)
        --verbose      a line for each seed, with the digest of its trace
        --log          what the brokers log and which faults meet them, with the simulated time; for one seed
        --bugs         lists the planted bugs
        --table        runs every planted bug from three starting points, --seeds N at most from each (500), and prints the table of bug,
                       invariant and median seeds; rows go to the error output as they come; with --bug of that one only
        Ends with 0 where all runs were clean, or the bug was caught; with 1 otherwise; with 2 where it does not understand.
        """;

    public int Seeds { get; private init; } = 1;

    public ulong Seed { get; private init; } = 1;

    public string? Bug { get; private init; }

    public string? Like { get; private init; }

    public IReadOnlyList<int>? Faults { get; private init; }

    public int Jobs { get; private init; } = Environment.ProcessorCount;

    public bool HasTransactions { get; private init; }

    public bool IsPlain { get; private init; }

    public bool IsVerbose { get; private init; }

    public bool Logs { get; private init; }

    public bool ListsBugs { get; private init; }

    public bool MakesTable { get; private init; }

    /// <exception cref="FormatException">It is not a command line of this program.</exception>
    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Length; i++)
        {
            string Next() => ++i < arguments.Length ? arguments[i] : throw new FormatException($"{arguments[i - 1]} wants a value");

            options = arguments[i] switch
            {
                "--seeds" => options with { Seeds = int.Parse(Next(), CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = ulong.Parse(Next(), CultureInfo.InvariantCulture) },
                "--bug" => options with { Bug = Known(Next()) },
                "--like" => options with { Like = Known(Next()) },
                "--faults" => options with { Faults = Places(Next()) },
                "--transactions" => options with { HasTransactions = true },
                "--plain" => options with { IsPlain = true },
                "--jobs" => options with { Jobs = int.Parse(Next(), CultureInfo.InvariantCulture) },
                "--verbose" => options with { IsVerbose = true },
                "--log" => options with { Logs = true },
                "--bugs" => options with { ListsBugs = true },
                "--table" => options with { MakesTable = true },
                var other => throw new FormatException($"{other} is no option"),
            };
        }

        return options;
    }

    private static string Known(string name) =>
        Bugs.PlantedBugs.Make(name)?.Name ?? throw new FormatException($"{name} is no planted bug; --bugs lists them");

    private static int[] Places(string text) =>
        text == "none" ? [] : [.. text.Split(',').Select(place => int.Parse(place, CultureInfo.InvariantCulture))];
}
