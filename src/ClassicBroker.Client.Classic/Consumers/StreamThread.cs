using System.Globalization;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// One stream of one member as the group knows it, <c>consumer-number</c>. Threads sort as this text does, in Java's order. Immutable.
/// </summary>
internal readonly record struct StreamThread(string ConsumerId, int Number) : IComparable<StreamThread>
{
    public int CompareTo(StreamThread other) => string.CompareOrdinal(ToString(), other.ToString());

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ConsumerId}-{Number}");
}
