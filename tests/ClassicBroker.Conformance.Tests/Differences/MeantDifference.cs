using System.IO.Enumeration;

namespace ClassicBroker.Conformance.Tests.Differences;

/// <summary>
/// A row of <c>docs/differences-from-kafka.md</c>: what we do otherwise on purpose, and the patterns of the observations that show it.
/// </summary>
public sealed record MeantDifference(string Kafka, string Ours, IReadOnlyList<string> Patterns)
{
    public static bool Matches(string pattern, string observation) =>
        FileSystemName.MatchesSimpleExpression(pattern, observation, ignoreCase: false);
}
