using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ClassicBroker.Tidy.Tests;

/// <summary>
/// No exception of asynchronous work is lost: what runs without being awaited runs as BackgroundWork. Read from the compiled code, where
/// a lambda that becomes an <c>async void</c> and a task that is thrown away cannot hide.
/// </summary>
public sealed class AsyncTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Projects that nothing else refers to; the rest comes with them.</summary>
    private static readonly string[] Roots =
    [
        "kafka-server", "kafka-admin-console", "kafka-tools", "zookeeper-server", "ClassicBroker.Client.Classic", "ClassicBroker.Client.Extensions",
        "ClassicBroker.TestHost",
    ];

    private static readonly SortedDictionary<short, OpCode> OpCodesByValue = OpCodeTable();

    private static readonly MethodBase[] Methods = ProductMethods();

    [Fact]
    public void No_method_or_lambda_is_async_void()
    {
        Empty(Methods.Where(method => method is MethodInfo { ReturnType: var type } && type == typeof(void)
            && method.IsDefined(typeof(AsyncStateMachineAttribute))));
    }

    [Fact]
    public void No_task_is_thrown_away()
    {
        Empty(Methods.Where(ThrowsTaskAway));
    }

    [Fact]
    public void A_task_thrown_away_is_found()
    {
        Assert.True(ThrowsTaskAway(GetType().GetMethod(nameof(Careless), All)!));
        Assert.True(ThrowsTaskAway(GetType().GetMethod(nameof(CarelessOfResult), All)!));
        Assert.False(ThrowsTaskAway(GetType().GetMethod(nameof(Careful), All)!));
    }

    private static void Careless() => _ = Careful();

    private static void CarelessOfResult() => _ = CarefulOfResult();

    private static Task Careful() => Task.CompletedTask;

    private static Task<int> CarefulOfResult() => Task.FromResult(1);

    private static void Empty(IEnumerable<MethodBase> faults)
    {
        var found = faults.Select(method => $"{method.DeclaringType}.{method.Name}").ToList();
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    private static MethodBase[] ProductMethods()
    {
        var assemblies = new SortedDictionary<string, Assembly>(StringComparer.Ordinal);
        foreach (var root in Roots)
        {
            Collect(Assembly.Load(root), assemblies);
        }

        Assert.Contains("ClassicBroker.Storage", assemblies.Keys);
        Assert.Contains("ClassicBroker.Client", assemblies.Keys);
        return
        [
            .. from assembly in assemblies.Values
               from type in assembly.GetTypes()
               from method in type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All))
               select method,
        ];
    }

    private static void Collect(Assembly assembly, SortedDictionary<string, Assembly> into)
    {
        if (into.TryAdd(assembly.GetName().Name!, assembly))
        {
            foreach (var name in assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith("ClassicBroker.", StringComparison.Ordinal)))
            {
                Collect(Assembly.Load(name), into);
            }
        }
    }

    /// <summary>True where a call that returns a task is followed by the instruction that drops what it returned.</summary>
    private static bool ThrowsTaskAway(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            return false;
        }

        var returnsTask = false;
        for (var at = 0; at < code.Length;)
        {
            var opCode = OpCodesByValue[code[at] == 0xfe ? (short)(0xfe00 | code[at + 1]) : code[at]];
            at += opCode.Size;
            if (opCode == OpCodes.Pop && returnsTask)
            {
                return true;
            }

            returnsTask = (opCode == OpCodes.Call || opCode == OpCodes.Callvirt)
                && IsTask((Called(method, BitConverter.ToInt32(code, at)) as MethodInfo)?.ReturnType);
            at += opCode.OperandType == OperandType.InlineSwitch ? 4 + (4 * BitConverter.ToInt32(code, at)) : OperandSize(opCode);
        }

        return false;
    }

    private static MethodBase? Called(MethodBase caller, int token) =>
        caller.Module.ResolveMethod(
            token,
            caller.DeclaringType!.GetGenericArguments(),
            caller is MethodInfo ? caller.GetGenericArguments() : []);

    private static bool IsTask(Type? type) =>
        type is not null
        && (typeof(Task).IsAssignableFrom(type)
            || type == typeof(ValueTask)
            || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)));

    private static int OperandSize(OpCode opCode) => opCode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private static SortedDictionary<short, OpCode> OpCodeTable()
    {
        var table = new SortedDictionary<short, OpCode>();
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var opCode = (OpCode)field.GetValue(null)!;
            table[opCode.Value] = opCode;
        }

        return table;
    }
}
