namespace ClassicBroker.Metadata.Znodes;

/// <summary><c>/admin/delete_topics/T</c>: asks the controller to delete a topic; it removes the mark when it has.</summary>
public static class DeleteTopicsZnode
{
    public const string ParentPath = "/admin/delete_topics";

    public static string Path(string topic) => $"{ParentPath}/{ZnodeName.Of("topic", topic)}";
}
