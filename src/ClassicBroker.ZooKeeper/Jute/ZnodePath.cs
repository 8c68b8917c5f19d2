namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>What a znode path may look like, and its parts.</summary>
public static class ZnodePath
{
    public const string Root = "/";

    /// <summary>True for an absolute path without empty, <c>.</c> or <c>..</c> parts, trailing slash or forbidden characters.</summary>
    public static bool IsValid(string path)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            return false;
        }

        if (path.Length == 1)
        {
            return true;
        }

        var rest = path.AsSpan(1);
        foreach (var range in rest.Split('/'))
        {
            if (!IsValidName(rest[range]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The parent's path; the root has none.</summary>
    public static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? Root : path[..slash];
    }

    /// <summary>The last part of a path.</summary>
    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string Child(string parent, string name) => parent.Length == 1 ? Root + name : $"{parent}/{name}";

    /// <summary>True for what may be one part of a path.</summary>
    public static bool IsValidName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name is "." or "..")
        {
            return false;
        }

        foreach (var c in name)
        {
            if (c is '/' or <= '\u001f' or >= '\u007f' and <= '\u009f' or >= '\ud800' and <= '\uf8ff' or >= '\ufff0')
            {
                return false;
            }
        }

        return true;
    }
}
