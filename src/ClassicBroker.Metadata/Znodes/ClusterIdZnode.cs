namespace ClassicBroker.Metadata.Znodes;

/// <summary><c>/cluster/id</c>: what the first broker drew; all others must agree with it. Its version is a string.</summary>
public static class ClusterIdZnode
{
    public const string Path = "/cluster/id";

    public static byte[] Encode(string clusterId) =>
        ZnodeWriter.Object(json =>
        {
            json.WriteString("version", "1");
            json.WriteString("id", clusterId);
        });

    public static string Decode(ReadOnlySpan<byte> data) => ZnodeReader.Parse(Path, data).Text("id");
}
