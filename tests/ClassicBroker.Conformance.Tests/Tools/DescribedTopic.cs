namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>A topic as <c>kafka-topics --describe</c> showed it. Immutable.</summary>
internal sealed record DescribedTopic(
    string Name, IReadOnlyDictionary<string, string> Configs, IReadOnlyList<IReadOnlyList<int>> Replicas)
{
    public static IReadOnlyList<DescribedTopic> Parse(string text)
    {
        List<DescribedTopic> topics = [];
        List<IReadOnlyList<int>> replicas = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split('\t');
            if (line[0] == '\t')
            {
                replicas.Add(Value(fields, "Replicas: ").Split(',').Select(int.Parse).ToArray());
                continue;
            }

            replicas = [];
            var configs = Value(fields, "Configs: ").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(config => config.Split('='));
            topics.Add(new DescribedTopic(
                Value(fields, "Topic: "), configs.ToDictionary(config => config[0], config => config[1]), replicas));
        }

        return topics;
    }

    private static string Value(string[] fields, string name) =>
        fields.First(field => field.StartsWith(name, StringComparison.Ordinal))[name.Length..];
}
