using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>How often each error code was answered. Threading: counted up from any thread without a lock, read at any time.</summary>
public sealed class ErrorCounts
{
    private const int LowestCode = (int)ErrorCode.UnknownServerError;

    /// <summary>In their order, which is that of their numbers.</summary>
    private static readonly ErrorCode[] Codes = [.. Enum.GetValues<ErrorCode>().Order()];

    private readonly long[] _counts = new long[(int)Codes[^1] - LowestCode + 1];

    /// <summary>The codes answered so far, in their order, with how often each was.</summary>
    public IEnumerable<(ErrorCode Code, long Count)> All =>
        Codes.Select(code => (code, Volatile.Read(ref _counts[(int)code - LowestCode]))).Where(entry => entry.Item2 > 0);

    public void Add(ErrorCode code)
    {
        var index = (int)code - LowestCode;
        if ((uint)index < (uint)_counts.Length)
        {
            Interlocked.Increment(ref _counts[index]);
        }
    }
}
