using System.Globalization;

namespace ClassicBroker.Cluster.Tests.Compaction;

/// <summary>
/// Knows what every record is by its number, where it was written and what the last acknowledged one of each key is. Threading: one
/// producer writes; readers see it at least as far as it was when they began.
/// </summary>
internal sealed class CompactionOracle(int records, int keys)
{
    private const int ValuePadding = 60;

    private readonly long[] _offsets = new long[records];
    private readonly int[] _lastAcked = Filled(keys);

    public int Records => records;

    public int Keys => keys;

    /// <summary>The key of a record: any of them in no order that repeats soon.</summary>
    public int KeyOf(int number) => (int)((uint)number * 2654435761u % (uint)keys);

    public static string ValueOf(int number) => $"{number}:".PadRight(ValuePadding, '.');

    public static int NumberOf(string value) => int.Parse(value.AsSpan(0, value.IndexOf(':')), CultureInfo.InvariantCulture);

    public void Acknowledge(int number, long offset)
    {
        // Noted one higher, so that none is zero.
        Volatile.Write(ref _offsets[number], offset + 1);
        ref var last = ref _lastAcked[KeyOf(number)];
        if (number > Volatile.Read(ref last))
        {
            Volatile.Write(ref last, number);
        }
    }

    /// <summary>The last acknowledged number of each key, -1 for none.</summary>
    public int[] LastAcked()
    {
        var copy = new int[keys];
        for (var key = 0; key < keys; key++)
        {
            copy[key] = Volatile.Read(ref _lastAcked[key]);
        }

        return copy;
    }

    /// <summary>A record that was read is what was written there, if its acknowledgement has come.</summary>
    public int Require(long offset, int key, string value)
    {
        var number = NumberOf(value);
        Assert.True(
            number < records && value == ValueOf(number) && key == KeyOf(number), $"{key} = {value} at {offset} was never written");
        var written = Volatile.Read(ref _offsets[number]) - 1;
        Assert.True(written < 0 || written == offset, $"{number} was written at {written} and is read at {offset}");
        return number;
    }

    private static int[] Filled(int keys)
    {
        var last = new int[keys];
        Array.Fill(last, -1);
        return last;
    }
}
