namespace ClassicBroker.Primitives;

/// <summary>A broker's id, <c>broker.id</c>. Negative means none.</summary>
public readonly record struct BrokerId(int Value) : IComparable<BrokerId>
{
    public static readonly BrokerId None = new(-1);

    public int CompareTo(BrokerId other) => Value.CompareTo(other.Value);

    public static bool operator <(BrokerId left, BrokerId right) => left.Value < right.Value;

    public static bool operator >(BrokerId left, BrokerId right) => left.Value > right.Value;

    public static bool operator <=(BrokerId left, BrokerId right) => left.Value <= right.Value;

    public static bool operator >=(BrokerId left, BrokerId right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
