namespace ClassicBroker.ZooKeeper;

/// <summary>
/// What became of one operation of a multi. In a failed multi exactly one operation carries the reason; those before it carry
/// <see cref="ZooKeeperError.None"/> though undone, those after it <see cref="ZooKeeperError.RuntimeInconsistency"/>.
/// </summary>
/// <param name="Error">Why it failed, where it did.</param>
/// <param name="Path">Of a create that happened; null otherwise.</param>
/// <param name="Stat">
/// Of a set that happened; null otherwise. The protocol tells none for a create: where it matters, a set of the same znode in the same
/// multi does.
/// </param>
public readonly record struct ZooKeeperOpResult(ZooKeeperError Error, string? Path, ZnodeStat? Stat);
