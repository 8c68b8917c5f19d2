using System.Diagnostics;
using ClassicBroker.Client.Telemetry;

namespace ClassicBroker.Client;

/// <summary>
/// The names under which clients tell metrics and traces, by OpenTelemetry's conventions for messaging, and the span of an application
/// that works on a record. Nothing is measured, and no header is written, unless there is a listener. Stateless.
/// </summary>
public static class KafkaTelemetry
{
    /// <summary>The name of the meter, and of the activity source.</summary>
    public const string Name = "ClassicBroker.Client";

    /// <summary>
    /// Begins the span of working on a record, as a child of the span that sent it; null where there is no listener. The caller disposes
    /// of it when the record is done with, and sets its status where that failed.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="group">The group it was consumed for; null for none.</param>
    public static Activity? StartProcessing<TKey, TValue>(in ConsumerRecord<TKey, TValue> record, string? group = null)
    {
        if (!ClientInstruments.Source.HasListeners())
        {
            return null;
        }

        var sender = TraceHeaders.Extract(record.Headers);
        var activity = ClientInstruments.Source.StartActivity($"process {record.Topic}", ActivityKind.Consumer, sender ?? default);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag(Tags.System, Tags.Kafka).SetTag(Tags.OperationName, "process").SetTag(Tags.OperationType, "process");
            activity.SetTag(Tags.Destination, record.Topic).SetTag(Tags.Partition, Tags.Number(record.Partition));
            activity.SetTag(Tags.Offset, record.Offset).SetTag(Tags.Group, group);
        }

        return activity;
    }

    /// <summary>Tells how long the application worked on a record: <c>messaging.process.duration</c>.</summary>
    /// <param name="topic">The record's topic.</param>
    /// <param name="group">The group it was consumed for; null for none.</param>
    /// <param name="duration">How long.</param>
    /// <param name="failure">Why it failed; null where it did not.</param>
    public static void Processed(string topic, string? group, TimeSpan duration, Exception? failure = null)
    {
        if (ClientInstruments.ProcessDuration.Enabled)
        {
            var tags = Tags.Of("process", "process", topic, group);
            Tags.AddFailure(ref tags, failure);
            ClientInstruments.ProcessDuration.Record(duration.TotalSeconds, tags);
        }
    }
}
