using System.Diagnostics;
using System.Text;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Telemetry;

/// <summary>
/// The context of a trace in a record's headers, as the process's propagator writes it: by default <c>traceparent</c> and
/// <c>tracestate</c> of W3C. Stateless.
/// </summary>
internal static class TraceHeaders
{
    /// <summary>The headers with the context of <paramref name="activity"/>, which replaces one that is there.</summary>
    public static IReadOnlyList<RecordHeader> Inject(Activity activity, IReadOnlyList<RecordHeader>? headers)
    {
        List<RecordHeader> written = headers is null ? [] : [.. headers];
        DistributedContextPropagator.Current.Inject(activity, written, static (carrier, name, value) =>
        {
            var into = (List<RecordHeader>)carrier!;
            into.RemoveAll(header => header.Key == name);
            into.Add(new(name, Encoding.UTF8.GetBytes(value)));
        });
        return written;
    }

    /// <summary>The context of the span that sent a record; null where there is none, or none that can be read.</summary>
    public static ActivityContext? Extract(IReadOnlyList<RecordHeader>? headers)
    {
        if (headers is not { Count: > 0 })
        {
            return null;
        }

        DistributedContextPropagator.Current.ExtractTraceIdAndState(headers, Read, out var parent, out var state);
        return ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : null;
    }

    private static void Read(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        (value, values) = (null, null);
        foreach (var header in (IReadOnlyList<RecordHeader>)carrier!)
        {
            if (header.Key == name && header.Value is { } bytes)
            {
                value = Encoding.UTF8.GetString(bytes.Span);
            }
        }
    }
}
