namespace ClassicBroker.Metadata.Znodes;

/// <summary><c>/log_dir_event_notification/log_dir_event_N</c>, sequential: a broker has lost a log directory (KIP-112).</summary>
public static class LogDirEventZnode
{
    public const string ParentPath = "/log_dir_event_notification";

    public const string SequencePrefix = "log_dir_event_";

    private const int LogDirFailureEvent = 1;

    public static string Path(string name) => $"{ParentPath}/{ZnodeName.Of("notification", name)}";

    public static byte[] Encode(int brokerId) =>
        ZnodeWriter.Object(1, json =>
        {
            json.WriteNumber("broker", brokerId);
            json.WriteNumber("event", LogDirFailureEvent);
        });

    /// <summary>The broker whose log directory failed; failure is the only event there is.</summary>
    public static int Decode(string name, ReadOnlySpan<byte> data) => ZnodeReader.Parse(Path(name), data).Int("broker");
}
