using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Protocol;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// How far the offsets of each partition lie from those of the recording, where records that others wrote are not replayed: learned from the
/// first offset that both tell, and expected of all that follow until <see cref="Forget"/>. Threading: one test.
/// </summary>
internal sealed class OffsetShift
{
    private static readonly string[] TopicFields = ["Name", "Topic"];
    private static readonly string[] PartitionFields = ["Index", "PartitionIndex", "Partition"];

    private static readonly HashSet<string> Offsets = new(StringComparer.Ordinal)
    {
        "BaseOffset", "HighWatermark", "LastStableOffset", "Offset", "FirstOffset", "CurrentTxnStartOffset", "FetchOffset",
    };

    private readonly Dictionary<(string Topic, int Partition), long> _shifts = [];

    public void Forget() => _shifts.Clear();

    /// <summary>Learns what an answer tells of partitions that are not known yet.</summary>
    public void Learn(IResponse recorded, IResponse ours)
    {
        var own = Found(ours).ToLookup(found => (found.Partition, found.Field));
        foreach (var (partition, field, value) in Found(recorded))
        {
            if (own[(partition, field)].FirstOrDefault() is { Field: not null } mine && value >= 0 && mine.Value >= 0 && value + mine.Value > 0)
            {
                _shifts.TryAdd(partition, mine.Value - value);
            }
        }
    }

    public void Apply(IMessage recorded) => Walk(recorded, default, (partition, owner, field, value) =>
    {
        if (value > 0 && _shifts.TryGetValue(partition, out var shift))
        {
            MessageTree.Fields(owner).Single(candidate => candidate.Name == field).SetValue(owner, value + shift);
        }
    });

    private static List<((string Topic, int Partition) Partition, string Field, long Value)> Found(IMessage message)
    {
        var found = new List<((string, int), string, long)>();
        Walk(message, default, (partition, _, field, value) => found.Add((partition, field, value)));
        return found;
    }

    private static void Walk(
        object owner, (string Topic, int Partition) at, Action<(string Topic, int Partition), object, string, long> visit)
    {
        var fields = MessageTree.Fields(owner).ToList();
        foreach (var field in fields)
        {
            switch (field.GetValue(owner))
            {
                case string name when TopicFields.Contains(field.Name):
                    at.Topic = name;
                    break;
                case int index when PartitionFields.Contains(field.Name):
                    at.Partition = index;
                    break;
            }
        }

        foreach (var field in fields)
        {
            switch (field.GetValue(owner))
            {
                case long value when at.Topic is not null && Offsets.Contains(field.Name):
                    visit(at, owner, field.Name, value);
                    break;
                case Array array when array.GetType().GetElementType() is { IsClass: true } type && type != typeof(string):
                    foreach (var element in array)
                    {
                        Walk(element, at, visit);
                    }

                    break;
            }
        }
    }
}
