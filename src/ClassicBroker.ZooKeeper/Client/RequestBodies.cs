using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Encodes the bodies of requests, from paths as the ensemble knows them.</summary>
internal static class RequestBodies
{
    public static byte[] Path(string path)
    {
        var writer = new JuteWriter();
        writer.WriteString(path);
        return writer.Written.ToArray();
    }

    public static byte[] PathAndWatch(string path, bool watch)
    {
        var writer = new JuteWriter();
        writer.WriteString(path);
        writer.WriteBool(watch);
        return writer.Written.ToArray();
    }

    public static byte[] SetAcl(string path, IReadOnlyList<ZnodeAcl> acl, int aversion)
    {
        var writer = new JuteWriter();
        writer.WriteString(path);
        writer.WriteAcl(acl);
        writer.WriteInt(aversion);
        return writer.Written.ToArray();
    }

    /// <summary>The request type an operation has, alone or in a multi.</summary>
    public static OpCode TypeOf(ZooKeeperOp operation) => operation switch
    {
        CreateOp { Mode: CreateMode.Container } => OpCode.CreateContainer,
        CreateOp => OpCode.Create2,
        DeleteOp => OpCode.Delete,
        SetDataOp => OpCode.SetData,
        CheckOp => OpCode.Check,
        _ => throw new ArgumentException($"{operation.GetType().Name} is no operation of the protocol", nameof(operation)),
    };

    public static byte[] Of(ZooKeeperOp operation, string path)
    {
        var writer = new JuteWriter();
        Write(writer, operation, path);
        return writer.Written.ToArray();
    }

    public static byte[] Multi(IReadOnlyList<ZooKeeperOp> operations, Func<string, string> toServer)
    {
        var writer = new JuteWriter();
        foreach (var operation in operations)
        {
            // In a multi servers answer a creation without its stat, whichever kind is asked for.
            new MultiHeader(TypeOf(operation) is OpCode.Create2 ? OpCode.Create : TypeOf(operation), false, -1).Write(writer);
            Write(writer, operation, toServer(operation.Path));
        }

        MultiHeader.End.Write(writer);
        return writer.Written.ToArray();
    }

    private static void Write(JuteWriter writer, ZooKeeperOp operation, string path)
    {
        writer.WriteString(path);
        switch (operation)
        {
            case CreateOp create:
                writer.WriteNullableBuffer(create.Data);
                writer.WriteAcl(create.Acl);
                writer.WriteInt((int)create.Mode);
                break;
            case SetDataOp set:
                writer.WriteNullableBuffer(set.Data);
                writer.WriteInt(set.Version);
                break;
            case DeleteOp delete:
                writer.WriteInt(delete.Version);
                break;
            case CheckOp check:
                writer.WriteInt(check.Version);
                break;
            default:
                throw new ArgumentException($"{operation.GetType().Name} is no operation of the protocol", nameof(operation));
        }
    }
}
