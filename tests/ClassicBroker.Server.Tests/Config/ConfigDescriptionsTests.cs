using System.Globalization;
using ClassicBroker.Server.Config;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Server.Tests.Config;

/// <summary>
/// A broker's configs against those that Kafka 3.9.2 described of a broker with the same file: each key, its value, type and source, its
/// synonyms, and whether it is sensitive and may change.
/// </summary>
public sealed class ConfigDescriptionsTests
{
    private const int StaticBroker = (int)ConfigSource.StaticBroker;

    private static readonly string[][] Recorded =
    [
        .. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Config", "describe-configs-broker.tsv")).Select(line => line.Split('\t')),
    ];

    /// <summary>What the recorded broker had in its file.</summary>
    private static Dictionary<string, string> RecordedFile() =>
        Recorded.Where(row => int.Parse(row[4], CultureInfo.InvariantCulture) == StaticBroker).ToDictionary(row => row[0], row => row[5]);

    private static DynamicBrokerConfig Broker(IReadOnlyDictionary<string, string> file) =>
        new(file, "host.example", NullLogger<DynamicBrokerConfig>.Instance);

    private static string Row(ConfigEntry entry) =>
        string.Join(
            '\t',
            entry.Name,
            (int)entry.Type,
            entry.IsReadOnly ? "read-only" : "dynamic",
            entry.IsSensitive ? "sensitive" : "",
            (int)entry.Source,
            entry.Value ?? "null",
            string.Join(' ', entry.Synonyms.Select(synonym => $"{synonym.Name}={synonym.Value}@{(int)synonym.Source}")));

    [Fact]
    public void A_broker_is_described_as_kafka_describes_it() =>
        Assert.Equal(
            Recorded.Select(row => string.Join('\t', row)),
            new ConfigDescriptions(Broker(RecordedFile())).OfBroker().Select(Row));

    [Fact]
    public void What_kafka_no_longer_has_is_shown_where_it_is_set()
    {
        var file = RecordedFile();
        file["port"] = "9093";
        var shown = new ConfigDescriptions(Broker(file)).OfBroker().Select(entry => entry.Name).Except(Recorded.Select(row => row[0]));
        Assert.Equal(["port"], shown);
    }
}
