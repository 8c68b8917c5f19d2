using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// A partition that this member owns, and how far its stream has come (<c>PartitionTopicInfo</c> of 0.8). Threading: the offsets may be
/// read and written from any thread.
/// </summary>
internal sealed class PartitionClaim(TopicPartition partition, StreamQueue stream, long? offset)
{
    /// <summary>Stands for an offset that is not known yet.</summary>
    public const long Unknown = -1;

    private long _consumed = offset ?? Unknown;
    private bool _hasStarted;

    public TopicPartition Partition { get; } = partition;

    public StreamQueue Stream { get; } = stream;

    /// <summary>The next offset the application has not been handed; <see cref="Unknown"/> before the first is known.</summary>
    public long Consumed
    {
        get => Volatile.Read(ref _consumed);
        set => Volatile.Write(ref _consumed, value);
    }

    /// <summary>What was committed last, or read when the partition was taken over. On the loop.</summary>
    public long Committed { get; set; } = offset ?? Unknown;

    /// <summary>
    /// A chunk of the partition is on its way to the stream. The first one tells where the partition began, where it had no offset. On the
    /// loop.
    /// </summary>
    public void Arrived(long firstOffset)
    {
        if (!_hasStarted && Committed == Unknown)
        {
            Consumed = firstOffset;
        }

        _hasStarted = true;
    }

    /// <summary>The position of a partition that began without an offset was looked up, before any record of it came. On the
    /// loop.</summary>
    public void Begun(long position)
    {
        if (!_hasStarted && Consumed == Unknown)
        {
            Consumed = position;
        }
    }
}
