namespace ClassicBroker.Testing;

/// <summary>
/// The seeds a seeded test runs with: those it names, or the one in the environment variable <c>CLASSICBROKER_SEED</c>, by which a failure
/// is run again.
/// </summary>
public static class Seeds
{
    public const string Variable = "CLASSICBROKER_SEED";

    /// <summary>The first <paramref name="count"/> seeds.</summary>
    public static IEnumerable<ulong> First(int count) => From([.. Enumerable.Range(0, count).Select(seed => (ulong)seed)]);

    public static IEnumerable<ulong> From(params ulong[] usual) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(Variable), out var seed) ? [seed] : usual;
}
