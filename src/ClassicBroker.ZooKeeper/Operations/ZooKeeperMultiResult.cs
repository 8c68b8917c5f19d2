namespace ClassicBroker.ZooKeeper;

/// <summary>The answer to a multi: one result for each operation, in their order.</summary>
public sealed class ZooKeeperMultiResult(IReadOnlyList<ZooKeeperOpResult> results)
{
    public IReadOnlyList<ZooKeeperOpResult> Results { get; } = results;

    /// <summary>Index of the operation that failed the multi, or -1 where it was carried out.</summary>
    public int FailedIndex { get; } = IndexOfFailure(results);

    /// <summary>True where every operation happened; otherwise none did.</summary>
    public bool Committed => FailedIndex < 0;

    /// <summary>Why the multi failed, or <see cref="ZooKeeperError.None"/>.</summary>
    public ZooKeeperError Error => Committed ? ZooKeeperError.None : Results[FailedIndex].Error;

    private static int IndexOfFailure(IReadOnlyList<ZooKeeperOpResult> results)
    {
        var undone = -1;
        for (var i = 0; i < results.Count; i++)
        {
            switch (results[i].Error)
            {
                case ZooKeeperError.None:
                    break;
                case ZooKeeperError.RuntimeInconsistency:
                    undone = undone < 0 ? i : undone;
                    break;
                default:
                    return i;
            }
        }

        return undone;
    }
}
