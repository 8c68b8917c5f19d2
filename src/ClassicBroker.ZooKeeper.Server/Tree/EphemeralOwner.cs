namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>
/// Owners of znodes that are not sessions (<c>EphemeralType</c>): containers, and znodes with a time to live, which have 0xff in the first
/// byte, two bytes of kind that are 0, and the time in the other five.
/// </summary>
internal static class EphemeralOwner
{
    public const long None = 0;

    /// <summary>The znode goes once its last child has gone.</summary>
    public const long Container = long.MinValue;

    /// <summary>The longest time to live in milliseconds: about 34 years.</summary>
    public const long TtlMaxMs = 0xff_ffff_ffff;

    private const long TtlMark = unchecked((long)0xff00_0000_0000_0000);
    private const long TtlMask = unchecked((long)0xffff_ff00_0000_0000);

    public static bool IsSession(long owner) => owner is not None and not Container && !HasTtl(owner);

    public static bool HasTtl(long owner) => (owner & TtlMask) == TtlMark;

    public static long OfTtl(long ttlMs) => TtlMark | ttlMs;

    public static long TtlMsOf(long owner) => owner & TtlMaxMs;
}
