using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator;

/// <summary>
/// One partition of a coordinator's topic: whether this broker leads it, and whether what it holds has been loaded. What it holds is kept
/// by its kind, under the same lock. Threading: any; the lock calls nothing.
/// </summary>
/// <param name="topic">The coordinator's topic.</param>
/// <param name="index">The partition's number.</param>
internal abstract class CoordinatedPartition(string topic, int index)
{
    private const int NoEpoch = -1;

    private Stage _stage;
    private int _epoch = NoEpoch;
    private int _loadingEpoch = NoEpoch;

    private enum Stage
    {
        Elsewhere,
        Loading,
        Owned,
    }

    public TopicPartition TopicPartition { get; } = new(topic, index);

    public int Index => TopicPartition.Partition;

    /// <summary>The leader epoch this broker leads the partition in; the coordinator's epoch in transaction markers.</summary>
    public int Epoch
    {
        get
        {
            lock (Lock)
            {
                return _epoch;
            }
        }
    }

    public bool IsLoading
    {
        get
        {
            lock (Lock)
            {
                return _stage == Stage.Loading;
            }
        }
    }

    /// <summary>NONE where this broker coordinates what the partition holds now.</summary>
    public ErrorCode Availability
    {
        get
        {
            lock (Lock)
            {
                return AvailabilityNow;
            }
        }
    }

    protected Lock Lock { get; } = new();

    /// <summary><see cref="Availability"/>, under the lock.</summary>
    protected ErrorCode AvailabilityNow => _stage switch
    {
        Stage.Loading => ErrorCode.CoordinatorLoadInProgress,
        Stage.Elsewhere => ErrorCode.NotCoordinator,
        _ => ErrorCode.None,
    };

    /// <summary>Whether this broker coordinates what the partition holds now. Under the lock.</summary>
    protected bool IsOwned => _stage == Stage.Owned;

    /// <summary>True where the caller must load the partition: this broker did not lead it before.</summary>
    public bool BeginLoading(int epoch)
    {
        lock (Lock)
        {
            if (epoch < _epoch)
            {
                return false;
            }

            _epoch = epoch;
            if (_stage != Stage.Elsewhere)
            {
                return false;
            }

            _stage = Stage.Loading;
            _loadingEpoch = epoch;
            return true;
        }
    }

    /// <summary>
    /// Whether a load that began in this epoch is still wanted; also where the leader has been elected again since, which changes no
    /// record.
    /// </summary>
    public bool IsLoadingFor(int epoch)
    {
        lock (Lock)
        {
            return IsLoadingSince(epoch);
        }
    }

    /// <summary>The load that began in this epoch is over; false where it is not wanted any more. Under the lock.</summary>
    protected bool Own(int epoch)
    {
        if (!IsLoadingSince(epoch))
        {
            return false;
        }

        _stage = Stage.Owned;
        return true;
    }

    /// <summary>
    /// This broker no longer leads the partition; false where the epoch is older than known. Null is newer than all. Under the lock.
    /// </summary>
    protected bool Leave(int? epoch)
    {
        if (epoch < _epoch)
        {
            return false;
        }

        _epoch = epoch ?? _epoch;
        _stage = Stage.Elsewhere;
        return true;
    }

    private bool IsLoadingSince(int epoch) => _stage == Stage.Loading && _loadingEpoch == epoch;
}
