// Every component a widget may name.
import type { ComponentType } from "preact";
import { Chart } from "./chart.tsx";
import { Checkbox, RadioGroup } from "./choices.tsx";
import type { ComponentProps } from "./context.ts";
import { Button } from "./controls.tsx";
import { DatePicker, Input, Select, Textarea } from "./fields.tsx";
import { Box, Divider, Form, Image, Spacer, Transition } from "./layout.tsx";
import { Basic, Card, ListView, ListViewItem } from "./roots.tsx";
import { Table, TableCell, TableRow } from "./table.tsx";
import { Badge, Caption, Icon, Label, Markdown, Text, Title } from "./typography.tsx";

export const COMPONENTS = {
  Badge,
  Basic,
  Box,
  Button,
  Caption,
  Card,
  Chart,
  Checkbox,
  Col: Box,
  DatePicker,
  Divider,
  Form,
  Icon,
  Image,
  Input,
  Label,
  ListView,
  ListViewItem,
  Markdown,
  RadioGroup,
  Row: Box,
  Select,
  Spacer,
  Table,
  "Table.Cell": TableCell,
  "Table.Row": TableRow,
  Text,
  Textarea,
  Title,
  Transition,
} satisfies Record<string, ComponentType<ComponentProps>>;
