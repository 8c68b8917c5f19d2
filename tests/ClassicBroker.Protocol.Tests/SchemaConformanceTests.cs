using System.Text.Json;

namespace ClassicBroker.Protocol.Tests;

/// <summary>
/// The schemas say what Apache Kafka 3.9 says: field by field where its definitions are at hand, and always by digests that were
/// taken from those definitions (Golden/layouts.txt: message, version, digest of its layout).
/// </summary>
public sealed class SchemaConformanceTests
{
    [Fact]
    public void Every_layout_is_the_one_taken_from_Kafkas_definitions()
    {
        var expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "layouts.txt"));
        var actual = SchemaLibrary.Messages.Values.OrderBy(message => message.Name, StringComparer.Ordinal).SelectMany(message =>
            SchemaLibrary.VersionsOf(message).Select(version => $"{message.Name} {version} {SchemaLayout.Of(message, version).Digest}"));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Every_field_is_as_in_Kafkas_definitions_where_they_are_at_hand()
    {
        var compared = 0;
        foreach (var message in KafkaMessages())
        {
            var schema = SchemaLibrary.Messages[message.GetProperty("name").GetString()!];
            foreach (var version in KafkaLayout.VersionsOf(message))
            {
                Assert.Equal(KafkaLayout.Of(message, version).Text, SchemaLayout.Of(schema, version).Text);
                compared++;
            }

            Assert.Equal(KafkaLayout.VersionsOf(message), SchemaLibrary.VersionsOf(schema));
        }

        var known = SchemaLibrary.Messages.Values.Sum(message => SchemaLibrary.VersionsOf(message).Count());
        Assert.Equal(KafkaLayout.FindFolder() is null ? 0 : known, compared);
    }

    [Fact]
    public void Keys_and_deprecations_are_as_in_Kafkas_definitions_where_they_are_at_hand()
    {
        foreach (var message in KafkaMessages().Where(message => message.GetProperty("type").GetString() == "request"))
        {
            var name = message.GetProperty("name").GetString()![..^"Request".Length];
            var api = ApiCatalog.Get(Enum.Parse<ApiKey>(name));
            Assert.Equal(message.GetProperty("apiKey").GetInt16(), (short)api.Key);
            var deprecated = message.TryGetProperty("deprecatedVersions", out var range) ? range.GetString()!.Split('-')[^1] : "-1";
            Assert.All(KafkaLayout.VersionsOf(message), version =>
                Assert.Equal(version <= short.Parse(deprecated), api.IsDeprecated(version)));
        }

        Assert.Equal(62, ApiCatalog.All.Count);
    }

    private static IEnumerable<JsonElement> KafkaMessages() =>
        KafkaLayout.FindFolder() is { } folder
            ? Directory.EnumerateFiles(folder, "*.json").Select(path => JsonDocument.Parse(File.ReadAllText(path)).RootElement)
            : [];
}
