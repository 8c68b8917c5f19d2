using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Groups;

/// <summary>Computes and sets new offsets of groups (KIP-122). Threading: used by one tool.</summary>
/// <param name="admin">The brokers.</param>
/// <param name="host">The tool's surroundings.</param>
/// <param name="refuse">Told which group cannot be reset, and why.</param>
/// <param name="warn">Told what was done otherwise than asked.</param>
internal sealed class OffsetResets(AdminClient admin, ToolHost host, Action<string, string> refuse, Action<string> warn)
{
    public const string Logger = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

    private const long Earliest = -2;
    private const long Latest = -1;

    /// <summary>Tells of refusals and warnings on standard output, as Kafka's tool.</summary>
    public OffsetResets(AdminClient admin, ToolHost host)
        : this(admin, host, (_, reason) => host.Out.WriteLine($"\nError: {reason}"), warning => host.Out.WriteLine($"\nWarn: {warning}"))
    {
    }

    /// <summary>Resets groups; returns the new offsets by group, for those that could be reset.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<TopicPartition, long>>> ResetAsync(
        IReadOnlyList<string> groups, ResetPlan plan)
    {
        var results = new SortedDictionary<string, IReadOnlyDictionary<TopicPartition, long>>(StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var description = await admin.DescribeConsumersAsync(group);
            if (description.State is not ("Empty" or "Dead"))
            {
                refuse(
                    group,
                    $"Assignments can only be reset if the group '{group}' is inactive, but the current state is {description.State}.");
                results[group] = new Dictionary<TopicPartition, long>();
                continue;
            }

            var offsets = await NewOffsetsAsync(group, plan);
            if (plan.IsExecuted && offsets.Count > 0)
            {
                foreach (var result in await admin.AlterGroupOffsetsAsync(
                    group, offsets.ToDictionary(offset => offset.Key, offset => new GroupOffset(offset.Value, -1, ""))))
                {
                    if (result.Failure is not null)
                    {
                        throw JavaException.FromFuture(result.Failure);
                    }
                }
            }

            results[group] = offsets;
        }

        return results;
    }

    /// <summary>Reads <c>topic</c> or <c>topic:0,1,2</c> into the partitions it means.</summary>
    public async Task<IReadOnlyList<TopicPartition>> PartitionsAsync(IEnumerable<string> scopes)
    {
        List<TopicPartition> partitions = [];
        foreach (var scope in scopes)
        {
            partitions.AddRange(scope.Contains(':', StringComparison.Ordinal) ? Named(scope) : await AllPartitionsAsync(scope));
        }

        return partitions;
    }

    /// <summary>Reads <c>topic:0,1,2</c>, split as Java splits: what is empty at the end does not count.</summary>
    private static IEnumerable<TopicPartition> Named(string scope)
    {
        var parts = scope.TrimEnd(':').Split(':');
        if (parts.Length != 2)
        {
            throw Refused($"Invalid topic arg '{scope}', expected topic name and partitions");
        }

        var numbers = parts[1].TrimEnd(',');
        return numbers.Length == 0
            ? []
            : numbers.Split(',').Select(number => JavaText.TryParseInt(number, out var partition)
                ? new TopicPartition(parts[0], partition)
                : throw Refused($"Invalid partition '{number}' specified in topic arg '{scope}''"));
    }

    private static JavaFailure Refused(string reason) => new(JavaFailure.IllegalArgument, reason);

    private async Task<IEnumerable<TopicPartition>> AllPartitionsAsync(string topic)
    {
        try
        {
            return (await admin.DescribeTopicsAsync([topic]))[0].ThrowIfFailed().Partitions
                .Select(partition => new TopicPartition(topic, partition.Partition));
        }
        catch (UnknownTopicException unknown)
        {
            throw new JavaFailure(
                "java.lang.RuntimeException", JavaException.Describe(JavaException.FromFuture(unknown)), JavaException.FromFuture(unknown));
        }
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> NewOffsetsAsync(string group, ResetPlan plan)
    {
        if (plan.Target == OffsetTarget.File)
        {
            return await BoundAsync(OffsetFile.Parse(plan.File, group));
        }

        var committed = await admin.ListGroupOffsetsAsync(group);
        var partitions = plan.IsAllTopics ? committed.Keys.ToArray() : await PartitionsAsync(plan.Topics);
        return plan.Target switch
        {
            OffsetTarget.Earliest => await LookUpAsync(partitions, Earliest),
            OffsetTarget.Latest => await LookUpAsync(partitions, Latest),
            OffsetTarget.Offset => await BoundAsync(partitions.ToDictionary(partition => partition, _ => plan.Number)),
            OffsetTarget.ShiftBy => await BoundAsync(partitions.ToDictionary(partition => partition, partition =>
                committed.TryGetValue(partition, out var offset)
                    ? offset.Offset + plan.Number
                    : throw Refused($"Cannot shift offset for partition {partition} since there is no current committed offset"))),
            OffsetTarget.Current => await CurrentAsync(partitions, committed),
            _ => await ByTimeAsync(partitions, plan.Number),
        };
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> CurrentAsync(
        IReadOnlyCollection<TopicPartition> partitions, IReadOnlyDictionary<TopicPartition, GroupOffset> committed)
    {
        var known = partitions.Where(committed.ContainsKey).ToDictionary(partition => partition, partition => committed[partition].Offset);
        var rest = await LookUpAsync(partitions.Where(partition => !committed.ContainsKey(partition)).ToArray(), Latest);
        return new SortedDictionary<TopicPartition, long>(
            (await BoundAsync(known)).Concat(rest).ToDictionary(offset => offset.Key, offset => offset.Value));
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> ByTimeAsync(
        IReadOnlyCollection<TopicPartition> partitions, long timestampMs)
    {
        var found = await LookUpAsync(partitions, timestampMs);
        var later = partitions.Where(partition => found.GetValueOrDefault(partition, -1) < 0).ToArray();
        foreach (var partition in later)
        {
            warn($"Partition {partition.Partition} from topic {partition.Topic} is empty. Falling back to latest known offset.");
        }

        var ends = await LookUpAsync(later, Latest);
        return new SortedDictionary<TopicPartition, long>(partitions.ToDictionary(
            partition => partition, partition => ends.TryGetValue(partition, out var end) ? end : found[partition]));
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> LookUpAsync(
        IReadOnlyCollection<TopicPartition> partitions, long timestamp) =>
        partitions.Count == 0
            ? new SortedDictionary<TopicPartition, long>()
            : new SortedDictionary<TopicPartition, long>(
                (await admin.ListOffsetsAsync(partitions.ToDictionary(partition => partition, _ => timestamp)))
                    .ToDictionary(found => found.Key, found => found.Value.ThrowIfFailed().Offset));

    /// <summary>Keeps offsets within what the partitions hold, and says where it had to.</summary>
    private async Task<IReadOnlyDictionary<TopicPartition, long>> BoundAsync(IReadOnlyDictionary<TopicPartition, long> wanted)
    {
        var partitions = wanted.Keys.ToArray();
        var starts = await LookUpAsync(partitions, Earliest);
        var ends = await LookUpAsync(partitions, Latest);
        var bounded = new SortedDictionary<TopicPartition, long>();
        foreach (var (partition, offset) in wanted)
        {
            var (start, end) = (starts[partition], ends[partition]);
            if (offset < start)
            {
                host.Log(
                    "WARN",
                    $"New offset ({offset}) is lower than earliest offset for topic partition {partition}. Value will be set to {start}",
                    Logger);
            }
            else if (offset > end)
            {
                host.Log(
                    "WARN",
                    $"New offset ({offset}) is higher than latest offset for topic partition {partition}. Value will be set to {end}",
                    Logger);
            }

            bounded[partition] = Math.Clamp(offset, start, end);
        }

        return bounded;
    }
}
