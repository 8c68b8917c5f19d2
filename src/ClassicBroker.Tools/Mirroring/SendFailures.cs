using ClassicBroker.Client;

namespace ClassicBroker.Tools.Mirroring;

/// <summary>
/// Records that could not be delivered to the target cluster. Threading: the producer's network thread tells, the streams look.
/// </summary>
/// <param name="aborts">Whether one ends the mirror (<c>--abort.on.send.failure</c>).</param>
/// <param name="host">Where they are logged.</param>
internal sealed class SendFailures(bool aborts, ToolHost host) : IDeliveryHandler
{
    private volatile bool _hasFailed;

    /// <summary>Whether the mirror must end.</summary>
    public bool IsFatal => aborts && _hasFailed;

    public void OnDelivered(long tag, in RecordMetadata metadata)
    {
        // What matters is what was not delivered.
    }

    public void OnFailed(long tag, KafkaException failure)
    {
        _hasFailed = true;
        host.Log("ERROR", $"Error when sending message to the target cluster: {JavaException.Describe(failure)}", "kafka.tools.MirrorMaker$");
    }
}
