using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace ClassicBroker.Operations.Otlp;

/// <summary>Which traces are kept: <c>OTEL_TRACES_SAMPLER</c> and its argument. Immutable.</summary>
/// <param name="FollowsParent">Whether a context that came with a request decides, where there is one.</param>
/// <param name="Share">The share of the others, from 0 to 1, by their trace id, so that all parts of a trace decide alike.</param>
public sealed record TraceSampler(bool FollowsParent, double Share)
{
    /// <summary>As many bits as a double has exactly.</summary>
    private const int DoubleBits = 53;

    /// <exception cref="FormatException">It is no sampler of OpenTelemetry's; the message says which there are.</exception>
    public static TraceSampler Parse(string? name, string? argument) =>
        name switch
        {
            null or "" or "parentbased_always_on" => new(true, 1),
            "always_on" => new(false, 1),
            "always_off" => new(false, 0),
            "parentbased_always_off" => new(true, 0),
            "traceidratio" => new(false, ShareOf(argument)),
            "parentbased_traceidratio" => new(true, ShareOf(argument)),
            _ => throw new FormatException(
                $"OTEL_TRACES_SAMPLER={name} is none of always_on, always_off, traceidratio and the same with parentbased_ before them"),
        };

    public ActivitySamplingResult Decide(ActivityContext parent, ActivityTraceId traceId)
    {
        var isKept = FollowsParent && parent.TraceId != default
            ? parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            : Share >= 1 || (Share > 0 && IsWithin(traceId));
        return isKept ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
    }

    private static double ShareOf(string? argument) =>
        string.IsNullOrEmpty(argument) ? 1
        : double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1 ? share
        : throw new FormatException($"OTEL_TRACES_SAMPLER_ARG={argument} is no number from 0 to 1");

    /// <summary>The last eight bytes of a trace id are random, as W3C has it.</summary>
    private bool IsWithin(ActivityTraceId traceId)
    {
        Span<byte> id = stackalloc byte[16];
        traceId.CopyTo(id);
        return (BinaryPrimitives.ReadUInt64BigEndian(id[8..]) >> (64 - DoubleBits)) < Share * (1UL << DoubleBits);
    }
}
