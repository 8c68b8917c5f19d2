using System.Text.Json;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>The life of a group as its coordinator stored it, record by record.</summary>
internal sealed class GroupHistory
{
    private const int OffsetsPartitions = 50;
    private const string PayloadMark = " payload: ";
    private const string KeyMark = " key: ";

    /// <summary>Generations, each with what every member was assigned and with the static members' ids.</summary>
    public List<(int Generation, List<List<int>> Assignments, List<string> InstanceIds)> Generations { get; } = [];

    /// <summary>Committed offsets, in their order.</summary>
    public List<(int Partition, long Offset)> Commits { get; } = [];

    public static async Task<GroupHistory> ReadAsync(KafkaServerProcess broker, string group, int offsetsPartitions = OffsetsPartitions)
    {
        var partition = JavaHash.Abs(JavaHash.OfString(group)) % offsetsPartitions;
        var segment = Path.Combine(broker.DataDirectory, $"__consumer_offsets-{partition}", "00000000000000000000.log");
        var dump = (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-dump-log.sh"), ["--offsets-decoder", "--print-data-log", "--files", segment])).RequireSuccess();
        var history = new GroupHistory();
        foreach (var line in dump.Text.Split('\n').Where(line => line.Contains(KeyMark) && line.Contains($"\"group\":\"{group}\"")))
        {
            history.Add(line);
        }

        return history;
    }

    /// <summary>No partition and no static id is owned twice in a generation, something was committed, and no commit goes back.</summary>
    public void Verify()
    {
        Assert.NotEmpty(Generations);
        Assert.NotEmpty(Commits);
        Assert.All(Generations, generation =>
        {
            var owned = generation.Assignments.SelectMany(partitions => partitions).ToList();
            Assert.Equal(owned.Order(), owned.Distinct().Order());
            Assert.Equal(generation.InstanceIds.Order(), generation.InstanceIds.Distinct().Order());
        });
        var numbers = Generations.Select(generation => generation.Generation).ToArray();
        Assert.Equal(numbers.Order(), numbers);
        Assert.All(
            Commits.GroupBy(commit => commit.Partition),
            partition => Assert.Equal(partition.Select(commit => commit.Offset).Order(), partition.Select(commit => commit.Offset)));
    }

    private void Add(string line)
    {
        var payloadAt = line.IndexOf(PayloadMark, StringComparison.Ordinal);
        var keyAt = line.IndexOf(KeyMark, StringComparison.Ordinal) + KeyMark.Length;
        var payload = line[(payloadAt + PayloadMark.Length)..];
        if (!payload.StartsWith('{'))
        {
            return;
        }

        using var key = JsonDocument.Parse(line[keyAt..payloadAt]);
        using var value = JsonDocument.Parse(payload);
        var data = value.RootElement.GetProperty("data");
        if (key.RootElement.GetProperty("data").TryGetProperty("partition", out var partition))
        {
            Commits.Add((partition.GetInt32(), data.GetProperty("offset").GetInt64()));
            return;
        }

        var members = data.GetProperty("members").EnumerateArray().ToList();
        Generations.Add((
            data.GetProperty("generation").GetInt32(), [.. members.Select(AssignmentOf)], [.. members.Select(InstanceIdOf).OfType<string>()]));
    }

    private static List<int> AssignmentOf(JsonElement member) =>
        member.GetProperty("assignment") is { ValueKind: JsonValueKind.Object } assignment
            ? [.. assignment.GetProperty("assignedPartitions").EnumerateArray()
                .SelectMany(topic => topic.GetProperty("partitions").EnumerateArray().Select(one => one.GetInt32()))]
            : [];

    private static string? InstanceIdOf(JsonElement member) =>
        member.TryGetProperty("groupInstanceId", out var instanceId) ? instanceId.GetString() : null;
}
