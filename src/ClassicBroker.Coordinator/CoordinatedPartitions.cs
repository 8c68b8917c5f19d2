using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator;

/// <summary>
/// All partitions of a coordinator's topic, and which key belongs to which. Their number is fixed when the broker starts, as in Kafka: were
/// it to follow the topic, keys would be looked for in partitions that do not hold them. Threading: any.
/// </summary>
internal abstract class CoordinatedPartitions<TPartition>(int count, Func<int, TPartition> make)
    where TPartition : CoordinatedPartition
{
    private int _isActive;

    public TPartition[] All { get; } = [.. Enumerable.Range(0, count).Select(make)];

    /// <summary>False before the start and after the stop of the coordinator.</summary>
    public bool IsActive
    {
        get => Volatile.Read(ref _isActive) != 0;
        set => Volatile.Write(ref _isActive, value ? 1 : 0);
    }

    public bool IsLoading => Array.Exists(All, partition => partition.IsLoading);

    /// <summary>The number of the partition that holds a key.</summary>
    public int IndexOf(string key) => JavaHash.Abs(JavaHash.OfString(key)) % All.Length;

    /// <summary>Null for a partition the topic did not have when the broker started.</summary>
    public TPartition? Find(int index) => (uint)index < (uint)All.Length ? All[index] : null;
}
