using PcEmu.Vectors;

return VectorCommand.Run(args, Console.Out);
