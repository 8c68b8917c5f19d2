namespace ClassicBroker.Storage.Tests;

/// <summary>Three passes of the cleaner of Kafka 3.9.2.</summary>
public sealed class GoldenCompaction() : GoldenCleaning("kafka-3.9-compaction.tar.gz")
{
    public static IReadOnlyList<(string Before, string After)> Passes { get; } =
        [("1-before", "2-cleaned"), ("3-written-on", "4-cleaned-again"), ("5-written-on", "6-cleaned-thrice")];
}
