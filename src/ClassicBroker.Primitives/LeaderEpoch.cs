namespace ClassicBroker.Primitives;

/// <summary>Counts the leaders of one partition (KIP-101); -1 means unknown.</summary>
public readonly record struct LeaderEpoch(int Value) : IComparable<LeaderEpoch>
{
    public static readonly LeaderEpoch None = new(-1);

    public bool IsKnown => Value >= 0;

    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);

    public static bool operator <(LeaderEpoch left, LeaderEpoch right) => left.Value < right.Value;

    public static bool operator >(LeaderEpoch left, LeaderEpoch right) => left.Value > right.Value;

    public static bool operator <=(LeaderEpoch left, LeaderEpoch right) => left.Value <= right.Value;

    public static bool operator >=(LeaderEpoch left, LeaderEpoch right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
