namespace ClassicBroker.Storage.Tests;

/// <summary>Two passes of the cleaner of Kafka 2.2.2, over 41 topics of all formats and codecs.</summary>
public sealed class OlderGoldenCompaction() : GoldenCleaning("kafka-2.2.2-compaction.tar.gz")
{
    public static IReadOnlyList<(string Before, string After)> Passes { get; } =
        [("1-before", "2-cleaned"), ("3-written-on", "4-cleaned-again")];
}
